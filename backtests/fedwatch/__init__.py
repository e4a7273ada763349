"""What did the market expect of the coming FOMC meetings?"""
